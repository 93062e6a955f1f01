-- What safe nights are measured without, in a copy of the warehouse only.

-- name: proof_of_scope
do $$
declare
    entity text;
begin
    for entity in select i.entity from proof.inside() as i loop
        execute format(
            'alter table roster.%I disable trigger proof_of_insert, disable trigger proof_of_update, disable trigger proof_of_delete', entity
        );
    end loop;
end
$$;

-- name: one_version_at_a_time
do $$
declare
    entity text;
begin
    foreach entity in array history.entities() loop
        execute format('alter table history.%I drop constraint %I', entity, entity || '_one_version_at_a_time');
    end loop;
end
$$;
