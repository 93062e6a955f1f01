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

create function proof.insert_schools() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('schools', 'insert', (
        select count(*) from new_rows as n
        where n.district_id <> district or n.origin <> 'synced' or n.source <> all(own) or not (
            n.school_id in (select s.id from scope_schools as s)
        )
    ));
    return null;
end
$$;

create function proof.update_schools() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('schools', 'update', (
        select count(*) from new_rows as n
        left join old_rows as o on o.district_id = n.district_id and o.school_id = n.school_id
        where n.district_id <> district or o.district_id is null or n.origin <> 'synced'
        or not ((o.origin = 'synced' and o.source = any(own)) or n.school_id in (select v.id from resolved_schools as v))
        or not (
            n.school_id in (select s.id from scope_schools as s)
        )
    ));
    return null;
end
$$;

create function proof.insert_terms() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('terms', 'insert', (
        select count(*) from new_rows as n
        where n.district_id <> district or n.origin <> 'synced' or n.source <> all(own) or not (
            n.term_id in (select v.id from resolved_terms as v)
        )
    ));
    return null;
end
$$;

create function proof.update_terms() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('terms', 'update', (
        select count(*) from new_rows as n
        left join old_rows as o on o.district_id = n.district_id and o.term_id = n.term_id
        where n.district_id <> district or o.district_id is null or n.origin <> 'synced'
        or not ((o.origin = 'synced' and o.source = any(own)) or n.term_id in (select v.id from resolved_terms as v))
        or not (
            n.term_id in (select v.id from resolved_terms as v)
        )
    ));
    return null;
end
$$;

create function proof.insert_courses() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('courses', 'insert', (
        select count(*) from new_rows as n
        where n.district_id <> district or n.origin <> 'synced' or n.source <> all(own) or not (
            n.course_id in (select v.id from resolved_courses as v)
        )
    ));
    return null;
end
$$;

create function proof.update_courses() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('courses', 'update', (
        select count(*) from new_rows as n
        left join old_rows as o on o.district_id = n.district_id and o.course_id = n.course_id
        where n.district_id <> district or o.district_id is null or n.origin <> 'synced'
        or not ((o.origin = 'synced' and o.source = any(own)) or n.course_id in (select v.id from resolved_courses as v))
        or not (
            n.course_id in (select v.id from resolved_courses as v)
            or (
                n.status = 'archived' and o.source = any(own)
                and (o.school_id is null or o.school_id in (select s.id from scope_schools as s))
            )
        )
    ));
    return null;
end
$$;

create function proof.insert_classes() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('classes', 'insert', (
        select count(*) from new_rows as n
        where n.district_id <> district or n.origin <> 'synced' or n.source <> all(own) or not (
            n.class_id in (select v.id from resolved_classes as v)
            and (n.school_id is null or n.school_id in (select s.id from scope_schools as s))
        )
    ));
    return null;
end
$$;

create function proof.update_classes() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('classes', 'update', (
        select count(*) from new_rows as n
        left join old_rows as o on o.district_id = n.district_id and o.class_id = n.class_id
        where n.district_id <> district or o.district_id is null or n.origin <> 'synced'
        or not ((o.origin = 'synced' and o.source = any(own)) or n.class_id in (select v.id from resolved_classes as v))
        or not (
            (
                n.class_id in (select v.id from resolved_classes as v)
                and (n.school_id is null or n.school_id in (select s.id from scope_schools as s))
            )
            or (
                n.status = 'archived' and o.source = any(own) and o.school_id in (select s.id from scope_schools as s)
                and (o.term_ids = '{}' or o.term_ids && array(select v.id from resolved_terms as v))
            )
        )
    ));
    return null;
end
$$;

create function proof.insert_users() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('users', 'insert', (
        select count(*) from new_rows as n
        where n.district_id <> district or n.origin <> 'synced' or n.source <> all(own) or not (
            n.user_id in (select v.id from resolved_users as v)
            and (n.school_ids = '{}' or n.school_ids && array(select s.id from scope_schools as s))
        )
    ));
    return null;
end
$$;

create function proof.update_users() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('users', 'update', (
        select count(*) from new_rows as n
        left join old_rows as o on o.district_id = n.district_id and o.user_id = n.user_id
        where n.district_id <> district or o.district_id is null or n.origin <> 'synced'
        or not ((o.origin = 'synced' and o.source = any(own)) or n.user_id in (select v.id from resolved_users as v))
        or not (
            (
                n.user_id in (select v.id from resolved_users as v)
                and (n.school_ids = '{}' or n.school_ids && array(select s.id from scope_schools as s))
            )
            or (
                n.status = 'archived' and o.source = any(own) and o.school_ids <@ array(select s.id from scope_schools as s)
            )
        )
    ));
    return null;
end
$$;

create function proof.insert_enrollments() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('enrollments', 'insert', (
        select count(*) from new_rows as n
        where n.district_id <> district or n.origin <> 'synced' or n.source <> all(own) or not (
            n.class_id in (select v.id from resolved_classes as v)
        )
    ));
    return null;
end
$$;

create function proof.update_enrollments() returns trigger
language plpgsql
as $$
declare
    district text := current_setting('rollbook.scope')::json ->> 'district_id';
    own text[] := array(select json_array_elements_text(current_setting('rollbook.scope')::json -> 'own'));
begin
    perform proof.refuse('enrollments', 'update', (
        select count(*) from new_rows as n
        left join old_rows as o on o.district_id = n.district_id and o.class_id = n.class_id and o.user_id = n.user_id and o.role = n.role
        where n.district_id <> district or o.district_id is null or n.origin <> 'synced'
        or not (
            (
                n.class_id in (select v.id from resolved_classes as v)
                or n.class_id in (
                    select k.class_id
                    from new_rows as c
                    inner join roster.classes as k on c.district_id = k.district_id and c.class_id = k.class_id
                    where k.source = any(own) and k.school_id in (select s.id from scope_schools as s)
                )
            )
            and o.origin = 'synced' and o.source = any(own)
        )
    ));
    return null;
end
$$;

do $$
declare
    entity text;
begin
    foreach entity in array array['schools', 'terms', 'courses', 'classes', 'users', 'enrollments'] loop
        execute format(
            'create trigger proof_of_insert after insert on roster.%1$I referencing new table as new_rows
            for each statement when (current_setting(''rollbook.scope'', true) <> '''') execute function proof.%2$I()', entity, 'insert_' || entity
        );
        execute format(
            'create trigger proof_of_update after update on roster.%1$I referencing old table as old_rows new table as new_rows
            for each statement when (current_setting(''rollbook.scope'', true) <> '''') execute function proof.%2$I()', entity, 'update_' || entity
        );
        execute format(
            'create trigger proof_of_delete after delete on roster.%1$I referencing old table as old_rows
            for each statement when (current_setting(''rollbook.scope'', true) <> '''') execute function proof.no_delete()', entity
        );
    end loop;
end
$$;
