#!/bin/sh
# Restore a backup under a new name and check its files:
#   restore.sh FOLDER DATABASE DATA_DIR
#
# Refuses a database that is there. A file's name is the SHA-1 of its content: each file
# that the database names is looked for and read again. Reads the usual PG* variables;
# exit status 0 when all is there.
set -eu
folder=$1 database=$2 data=$3
files=$data/filestore/$database
if [ -e "$files" ]; then
    echo "$files is there already" >&2
    exit 2
fi
createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 "$database"
pg_restore --no-owner --exit-on-error --dbname="$database" "$folder/database.dump"
mkdir -p "$files"
cp -r "$folder/filestore/." "$files/"
names=$(mktemp)
trap 'rm -f "$names"' EXIT
psql -X -q -t -A -d "$database" -c \
    "SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL" \
    > "$names"
count=0 missing=0 damaged=0
while read -r name; do
    count=$((count + 1))
    if [ ! -f "$files/$name" ]; then
        echo "missing: $name"
        missing=$((missing + 1))
    elif [ "$(sha1sum < "$files/$name" | cut -c1-40)" != "${name##*/}" ]; then
        echo "damaged: $name"
        damaged=$((damaged + 1))
    fi
done < "$names"
echo "$database: $count files, $missing missing, $damaged damaged"
[ "$missing$damaged" = 00 ]
