"""What people do with a post that is there: like, repost, bookmark, pin; and who did, and what they did it to."""
