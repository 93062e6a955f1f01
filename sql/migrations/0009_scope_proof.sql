-- PostgreSQL itself proves the scope: while a run is applied, every row that a statement really inserted, changed or
-- deleted has to be synced and inside the scope. PostgreSQL hands these rows over after the statement; the plan is not
-- asked. A row outside the scope ends the transaction. The cost follows the change and, as each statement hashes the ids
-- that were delivered, the delivery; never their product.
--
-- The setting `rollbook.scope` names the district and its sources for the transaction. Where it is not set, as for
-- everybody else who writes, nothing is checked. The scope itself: scope_schools, and what was delivered
-- (resolved_<entity>).

create schema proof;

create function proof.refuse(entity text, act text, outside bigint) returns void
language plpgsql
as $$
begin
    if outside > 0 then
        raise exception 'outside the scope: % rows of % by %', outside, entity, act using errcode = 'RB001';
    end if;
end
$$;

create function proof.no_delete() returns trigger
language plpgsql
as $$
begin
    perform proof.refuse(tg_table_name, 'delete', (select count(*) from old_rows));
    return null;
end
$$;

-- What is inside the scope, by entity, of a row r. `delivered`: its id is in the delivery. `placed`: what it became is in
-- the schools in scope. `absent`: by what it was, its absence from the delivery may archive it. `always`: a condition on
-- what every changed row was.
create function proof.inside() returns table (entity text, delivered text, placed text, absent text, always text)
language sql immutable
as $$
    values
    ('schools', 'r.school_id in (select s.id from scope_schools as s)', 'true', 'false', 'true'),
    ('terms', 'r.term_id in (select v.id from resolved_terms as v)', 'true', 'false', 'true'),
    (
        'courses', 'r.course_id in (select v.id from resolved_courses as v)', 'true',
        'r.school_id is null or r.school_id in (select s.id from scope_schools as s)', 'true'
    ),
    (
        'classes', 'r.class_id in (select v.id from resolved_classes as v)',
        'r.school_id is null or r.school_id in (select s.id from scope_schools as s)',
        'r.school_id in (select s.id from scope_schools as s)
        and (r.term_ids = ''{}'' or r.term_ids && array(select v.id from resolved_terms as v))', 'true'
    ),
    (
        'users', 'r.user_id in (select v.id from resolved_users as v)',
        'r.school_ids = ''{}'' or r.school_ids && array(select s.id from scope_schools as s)',
        'r.school_ids <@ array(select s.id from scope_schools as s)', 'true'
    ),
    (
        'enrollments', 'r.class_id in (select v.id from resolved_classes as v)', 'true',
        'r.class_id in (
            select k.class_id
            from old_rows as c
            inner join roster.classes as k on c.district_id = k.district_id and c.class_id = k.class_id
            where k.source = any(own) and k.school_id in (select s.id from scope_schools as s)
        )', 'r.origin = ''synced'' and r.source = any(own)'
    )
$$;

-- A row that was delivered may have been local, or another source's: it turned out to be what this source calls by its
-- id. A row that was not delivered is a synced row of one of the run's own sources, and can only be archived. What rows
-- were and what they became is checked apart: joined, the cost would depend on how many rows the planner expects.
do $$
declare
    rule record;
    known text := '
        declare
            district text := current_setting(''rollbook.scope'')::json ->> ''district_id'';
            own text[] := array(select json_array_elements_text(current_setting(''rollbook.scope'')::json -> ''own''));';
    named text := ' for each statement when (current_setting(''rollbook.scope'', true) <> '''') execute function proof.';
begin
    for rule in select * from proof.inside() loop
        execute format(
            'create function proof.insert_%1$s() returns trigger language plpgsql as $body$
            %4$s
            begin
                perform proof.refuse(''%1$s'', ''insert'', (
                    select count(*) from new_rows as r
                    where r.district_id <> district or r.origin <> ''synced'' or r.source <> all(own) or not (%2$s) or not (%3$s)
                ));
                return null;
            end
            $body$', rule.entity, rule.delivered, rule.placed, known
        );
        execute format(
            'create function proof.update_%1$s() returns trigger language plpgsql as $body$
            %6$s
            begin
                perform proof.refuse(''%1$s'', ''update'', (
                    select count(*) from new_rows as r
                    where
                        r.district_id <> district or r.origin <> ''synced''
                        or not (r.status = ''archived'' or ((%2$s) and (%3$s)))
                ) + (
                    select count(*) from old_rows as r
                    where
                        r.district_id <> district or not (%5$s)
                        or not ((%2$s) or (r.origin = ''synced'' and r.source = any(own) and (%4$s)))
                ));
                return null;
            end
            $body$', rule.entity, rule.delivered, rule.placed, rule.absent, rule.always, known
        );
        execute format('create trigger proof_of_insert after insert on roster.%1$I referencing new table as new_rows', rule.entity)
            || named || format('insert_%s()', rule.entity);
        execute format(
            'create trigger proof_of_update after update on roster.%1$I referencing old table as old_rows new table as new_rows', rule.entity
        ) || named || format('update_%s()', rule.entity);
        execute format('create trigger proof_of_delete after delete on roster.%1$I referencing old table as old_rows', rule.entity)
            || named || 'no_delete()';
    end loop;
end
$$;
