-- What accounts let others know of them live. Without a row the defaults hold.

CREATE TABLE stream_preferences (
    account_id bigint PRIMARY KEY,
    presence text NOT NULL DEFAULT 'followed' CHECK (presence IN ('everyone', 'followed', 'nobody')),
    typing boolean NOT NULL DEFAULT true
);
COMMENT ON COLUMN stream_preferences.presence IS 'who sees whether the account is connected: everyone, people it follows, nobody';
COMMENT ON COLUMN stream_preferences.typing IS 'whether others in a conversation see that the account types';
