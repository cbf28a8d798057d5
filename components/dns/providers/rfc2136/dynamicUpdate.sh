# Publishes one record by a dynamic update (RFC 2136), or takes it away, and looks whether the name server has done so: it may accept an update and
# ignore it (section 3.4.2.2). /bin/sh runs this where Pulumi runs.
#
# $0 says what to do. Standard input has the TSIG key as a line for nsupdate, RECORD the record as a line of a zone file, SERVER an address and a port,
# and PULUMI_COMMAND_STDOUT what the last run printed: the record as it was published, and below it the records that it replaced.
set -ef
export LC_ALL=C
fail() { printf '%s\n' "$@" >&2; exit 1; }
for tool in dig nsupdate; do
  command -v "$tool" >/dev/null || { echo "$tool is missing here; install it (Debian: bind9-dnsutils)" >&2; exit 127; }
done
key="$(cat)"
server="${SERVER% *}"
tab="$(printf '\t')"

# A name server may speak as slowly as it likes. Where there is no timeout (macOS), the engine's own limit is left.
limited() { if command -v timeout >/dev/null; then timeout 60 "$@"; else "$@"; fi; }

# Sends the updates on standard input; prints what nsupdate says.
update() { { printf '%s\nserver %s\n' "$key" "$SERVER"; cat; echo send; } | limited nsupdate -t 50 2>&1; }

# The records of a name and type, as lines of a zone file. What begins with a semicolon is a remark of dig.
ask() {
  said="$(limited dig +tcp +norecurse +nosplit +time=5 +tries=3 +noall +answer +comments -p "${SERVER#* }" "@$server" "$1" "$2" 2>&1)" || :
  printf '%s\n' "$said" | grep -q '^;; ->>HEADER<<-.* status: \(NOERROR\|NXDOMAIN\),' && printf '%s\n' "$said" | grep -q '^;; flags:[^;]* aa[ ;]' ||
    fail "the name server $server does not say whether it has $1 $2, of which it must be an authority:" "$said"
  printf '%s\n' "$said" | sed -e '/^;/d' -e '/^$/d' -e "s/$tab$tab*/ /g"
}

# One form for records that are the same: without the time to live, and the case of letters only where it says something.
plain() { awk 'NF > 4 { $2 = ""; gsub(/\\;/, ";"); if ($4 != "TXT" && $4 != "CAA") $0 = tolower($0); $1 = tolower($1); print }'; }

# Whether lines hold a record at its own name: what a CNAME leads to stands at another.
holds() { printf '%s\n' "$1" | plain | grep -qxF -e "$(printf '%s\n' "$2" | plain)"; }

# Whether a name has records of a type itself, and not by a wildcard, which no prerequisite sees (section 3.2.4).
itself() {
  said="$(echo "prereq yxrrset $1 $2" | update)" && return
  case "$said" in *NXRRSET*) return 1 ;; *) fail "the name server $server does not say whether $1 has $2 records of its own:" "$said" ;; esac
}

# An update for each of some lines.
each() { printf '%s\n' "$2" | sed -n "s/./update $1 &/p"; }

# Records of another mail server at the record's name: all of its type, and of texts those of SPF.
others() {
  found="$(ask "$owner" "$type")"
  case "$type" in TXT) kind='TXT "v=spf1[ "]' ;; *) kind="$type " ;; esac
  printf '%s\n' "$found" | grep -i -e " IN $kind" | while IFS= read -r line; do holds "$line" "$RECORD" || printf '%s\n' "$line"; done | {
    lines="$(cat)"
    if [ -n "$lines" ] && itself "$owner" "$type"; then printf '%s\n' "$lines"; fi
  }
}

# Why the record cannot stand beside what is at its name, if that is so.
rivals() {
  for rival in $(if [ "$type" = CNAME ]; then echo A AAAA MX TXT CNAME; else echo CNAME; fi); do
    ask "$owner" "$rival" | grep -i -e "^$owner [0-9]* IN $rival " || :
  done
}
refuse() {
  there="$(rivals)"
  [ -z "$there" ] || fail "the name server $server did not publish $RECORD" "because of what stands at the same name:" "$there" \
    "Beside a CNAME there is no other record (RFC 1034 section 3.6.2): delete what stands there, or give the mail server or the domain another name."
  fail "the name server $server did not publish $RECORD" "$@"
}

# Adds the record after the updates on standard input.
publish() {
  said="$({ cat; printf 'update add %s\nsend\nprereq yxrrset %s %s\n' "$RECORD" "$owner" "$type"; } | update)" || refuse "It says: $said"
  for seconds in 0 1 2 4; do
    sleep "$seconds"
    found="$(ask "$owner" "$type")"
    if holds "$found" "$RECORD"; then return; fi
  done
  refuse "although it accepted the update. It has: ${found:-nothing}"
}

# Demands that a record is gone; a wildcard may still answer in its place.
gone() {
  set -- "$1" $1
  for seconds in 0 1 2 4; do
    sleep "$seconds"
    found="$(ask "$2" "$5")"
    if ! holds "$found" "$1" || ! itself "$2" "$5"; then return; fi
  done
  fail "the name server $server accepted the update and still has what was to go: $1"
}

set -- $RECORD
owner="$1" type="$4"
published="$(printf '%s\n' "${PULUMI_COMMAND_STDOUT:-$RECORD}" | head -n 1)"
# Remarks of dig were once taken for records.
replaced="$(printf '%s\n' "${PULUMI_COMMAND_STDOUT-}" | tail -n +2 | sed '/ IN [A-Z]* ;/d')"
case "$0" in
  add)
    publish </dev/null
    echo "$RECORD"
    ;;
  "add, unless there are others")
    there="$(others)"
    [ -z "$there" ] || fail "another mail server has these records, of which there may be one only; delete them, or set conflictingRecords in the dns of the domain to replace or keep:" "$there"
    publish </dev/null
    echo "$RECORD"
    ;;
  "add in place of others")
    there="$(others)"
    each delete "$there" | publish
    printf '%s\n%s\n' "$RECORD" "$there"
    ;;
  change)
    # One message is for one zone, and the PTR records of two addresses may be in two.
    { each delete "$published"; if [ "$type" = PTR ]; then echo send; fi; } | publish
    if ! holds "$published" "$RECORD"; then gone "$published"; fi
    printf '%s\n%s\n' "$RECORD" "$replaced"
    ;;
  remove)
    said="$({ each delete "$published"; each add "$replaced"; } | update)" || fail "the name server $server did not remove $published" "It says: $said"
    gone "$published"
    ;;
esac
