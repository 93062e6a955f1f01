#!/bin/sh
# Sends one night's export by SFTP. Run it from cron on the SIS's machine, after the export's own job:
#   30 1 * * *  /opt/rollbook/send_roster.sh /exports/roster.csv rollbook@sftp.oakdale.example /oakdale
# The file arrives under a passing name and is renamed when it is whole, so nobody reads half of it.
# The server's key is not asked about but known: put it into ~/.ssh/known_hosts once, checked by another way.
set -eu
file=$1 server=$2 folder=$3
night=$(date +%F)
sftp -o BatchMode=yes -o StrictHostKeyChecking=yes ${SFTP_OPTIONS:-} -b - "$server" <<COMMANDS
-mkdir $folder/$night
put $file $folder/$night/.roster.csv.part
-rm $folder/$night/roster.csv
rename $folder/$night/.roster.csv.part $folder/$night/roster.csv
COMMANDS
