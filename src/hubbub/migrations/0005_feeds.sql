-- Accounts with so many followers that their posts are pushed to no home list a minute after `since`: whoever
-- reads merges them in. A row stays as long as the account, for lists hold nothing of what was written meanwhile.
CREATE TABLE celebrities (
    account_id bigint PRIMARY KEY,
    since timestamptz NOT NULL
);
