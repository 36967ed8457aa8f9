-- The indexes that the queries of the app want, and the references between the tables.

CREATE UNIQUE INDEX users_handle_idx ON users (handle);
CREATE UNIQUE INDEX users_email_idx ON users (email);
CREATE INDEX posts_author_idx ON posts (author_id, created_at DESC);
CREATE INDEX posts_created_idx ON posts (created_at DESC);
CREATE INDEX follows_followee_idx ON follows (followee_id);
CREATE INDEX likes_user_idx ON likes (user_id);
CREATE INDEX comments_post_idx ON comments (post_id, created_at DESC);
CREATE INDEX comments_author_idx ON comments (author_id);
CREATE INDEX notifications_user_idx ON notifications (user_id, created_at DESC);

ALTER TABLE posts ADD FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE follows ADD FOREIGN KEY (follower_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE follows ADD FOREIGN KEY (followee_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE likes ADD FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE;
ALTER TABLE likes ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE comments ADD FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE;
ALTER TABLE comments ADD FOREIGN KEY (author_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE notifications ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE notifications ADD FOREIGN KEY (actor_id) REFERENCES users (id) ON DELETE CASCADE;
