#!/bin/sh
# Back up database and files: backup.sh DATABASE DATA_DIR FOLDER
#
# The files are copied before and after the database: whatever the database names was
# there at one of both times. The first copy takes all, so that what a full disk cut off the
# time before is whole again; the second what is newer, so that a file that was being
# written is whole, too. Reads the usual PG* variables; exit status 0 when complete.
set -eu
database=$1 data=$2 folder=$3
umask 077
mkdir -p "$folder/filestore"
copy() { cp "$1" "$data/filestore/$database/." "$folder/filestore/"; }
copy -rp
pg_dump --format=custom --file="$folder/database.dump.part" "$database"
copy -rpu
mv "$folder/database.dump.part" "$folder/database.dump"
echo "backup of $database: $(du -sh "$folder" | cut -f1) in $folder"
