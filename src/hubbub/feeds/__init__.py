"""Pages made of many people's posts: home, public, hashtag. Only their candidates differ."""
