-- How periodic jobs fare, for operators. `failures` counts those since the last success.
ALTER TABLE periodic_jobs
    ADD COLUMN succeeded_at timestamptz,
    ADD COLUMN failed_at timestamptz,
    ADD COLUMN failures integer NOT NULL DEFAULT 0,
    ADD COLUMN error text NOT NULL DEFAULT '';
