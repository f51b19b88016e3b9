#!/bin/sh
# Each service's database with its three roles. PostgreSQL's image runs this once, on an empty volume.
# The same as plumbline_local.databases makes on a developer's machine; tests/containers holds them together.
set -eu

: "${PLUMBLINE_ROLES_PASSWORD:?the password of the services' database roles}"

for service in calibration feedback goals outcomes people reviews; do
    psql --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres \
        --set ON_ERROR_STOP=1 --set password="$PLUMBLINE_ROLES_PASSWORD" --set database="$service" \
        --set owner="${service}_owner" --set worker="${service}_worker" --set api="${service}_api" <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'password';
-- The worker passes by row-level security, since PostgreSQL refuses COPY to roles that it holds to rows.
CREATE ROLE :"worker" LOGIN BYPASSRLS PASSWORD :'password';
CREATE ROLE :"api" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"owner";
\connect :database
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO :"worker", :"api";
ALTER SCHEMA public OWNER TO :"owner";
GRANT USAGE ON SCHEMA public TO :"worker", :"api";
-- What the api's role may do is granted by the migrations, table by table.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"worker";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO :"worker";
SQL
done
