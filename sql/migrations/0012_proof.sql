-- The proof of the scope, by the database itself: while a night is applied, every row that a statement really inserted,
-- changed or deleted, as PostgreSQL hands it over after the statement, has to be synced and inside the scope. One that is
-- not ends the transaction. What the plan says is not asked. Its cost follows the change.
--
-- `rollbook.scope` names the district and its sources for the transaction; where it is not set, as for everybody else who
-- writes, nothing is looked at. The scope: scope_schools, and what was delivered (resolved_<entity>).

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

-- What is inside the scope, by entity: of a row that was created (n), and of one that was changed from o to n. What was
-- delivered is; besides, what is archived for its absence, of one of the run's own sources (`own`), in the schools in scope.
create function proof.inside() returns table (entity text, same text, created text, changed text)
language sql immutable
as $$
    values
    ('schools', 'o.school_id = n.school_id', 'n.school_id in (select s.id from scope_schools as s)', 'false'),
    ('terms', 'o.term_id = n.term_id', 'n.term_id in (select v.id from resolved_terms as v)', 'false'),
    (
        'courses', 'o.course_id = n.course_id', 'n.course_id in (select v.id from resolved_courses as v)',
        'n.status = ''archived'' and o.source = any(own)
        and (o.school_id is null or o.school_id in (select s.id from scope_schools as s))'
    ),
    (
        'classes', 'o.class_id = n.class_id',
        'n.class_id in (select v.id from resolved_classes as v)
        and (n.school_id is null or n.school_id in (select s.id from scope_schools as s))',
        'n.status = ''archived'' and o.source = any(own) and o.school_id in (select s.id from scope_schools as s)
        and (o.term_ids = ''{}'' or o.term_ids && array(select v.id from resolved_terms as v))'
    ),
    (
        'users', 'o.user_id = n.user_id',
        'n.user_id in (select v.id from resolved_users as v)
        and (n.school_ids = ''{}'' or n.school_ids && array(select s.id from scope_schools as s))',
        'n.status = ''archived'' and o.source = any(own) and o.school_ids <@ array(select s.id from scope_schools as s)'
    ),
    (
        'enrollments', 'o.class_id = n.class_id and o.user_id = n.user_id and o.role = n.role',
        'n.class_id in (select v.id from resolved_classes as v)',
        'n.class_id in (
            select k.class_id
            from new_rows as c
            inner join roster.classes as k on c.district_id = k.district_id and c.class_id = k.class_id
            where k.source = any(own) and k.school_id in (select s.id from scope_schools as s)
        )'
    )
$$;

-- Whatever is changed was a synced row of one of the run's own sources; or, of all but seats, one that was delivered: a
-- local row, or one of another source, may turn out to be what this source calls by its id.
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
            %3$s
            begin
                perform proof.refuse(''%1$s'', ''insert'', (
                    select count(*) from new_rows as n
                    where n.district_id <> district or n.origin <> ''synced'' or n.source <> all(own) or not (%2$s)
                ));
                return null;
            end
            $body$', rule.entity, rule.created, known
        );
        execute format(
            'create function proof.update_%1$s() returns trigger language plpgsql as $body$
            %6$s
            begin
                perform proof.refuse(''%1$s'', ''update'', (
                    select count(*) from new_rows as n
                    left join old_rows as o on o.district_id = n.district_id and %2$s
                    where
                        n.district_id <> district or o.district_id is null or n.origin <> ''synced''
                        or not ((o.origin = ''synced'' and o.source = any(own)) or (%3$s))
                        or not ((%4$s) or (%5$s))
                ));
                return null;
            end
            $body$',
            rule.entity, rule.same, case when rule.entity = 'enrollments' then 'false' else rule.created end, rule.created,
            rule.changed, known
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
