-- Grain: one transaction that applies a night. What the proof of the scope (sql/migrations/0009_scope_proof.sql) goes by.

-- name: begin
-- From here on every statement on the roster is looked at, until the end of the transaction.
select set_config(
    'rollbook.scope',
    cast(json_build_object('district_id', cast(:district_id as text), 'own', cast(:own as text[])) as text), true
);

-- name: end
select set_config('rollbook.scope', '', true);
