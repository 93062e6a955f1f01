-- A quarantined line keeps its columns in the order of its layout: jsonb sorts them by length.

alter table runs.quarantine alter column row type json using cast(row as json);
comment on column runs.quarantine.row is 'The line as it was, its columns in the order of the layout.';
