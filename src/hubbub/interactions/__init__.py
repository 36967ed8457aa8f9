"""What people do with a post: like, repost, bookmark, pin; and who did, and what they did it to."""
