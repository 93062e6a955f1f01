-- Grain: one transaction that applies a night. It sets what the proof of the scope reads
-- (sql/migrations/0009_scope_proof.sql).

-- name: begin
-- From here on PostgreSQL checks every statement on the roster, until `end` or the end of the transaction.
select set_config(
    'rollbook.scope',
    cast(json_build_object('district_id', cast(:district_id as text), 'own', cast(:own as text[])) as text), true
);

-- name: end
select set_config('rollbook.scope', '', true);
