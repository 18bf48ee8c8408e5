#!/bin/sh
# Checks a log by what docs/log-format.md says, with none of Sallyport's programs: sh, openssl, jq,
# gzip and coreutils.
#   verify.sh [--key KEY] [--witness FILE] [--extract] FILE...
# FILE...: the files of one stream, compressed by gzip or not. KEY: the log's public key, as in
# log.pub. --witness: the API server's audit log, or what `kubectl get approvalrequests -A -o json`
# printed. --extract: lines before the first and after the last one may be left out, as
# `sallyport log export` does.
# Exit codes: 0 clean, or a sound extract, 1 broken, 2 wrong usage, 3 something could not be read.
set -eu
export LC_ALL=C.UTF-8

key='' witness='' extract=''
while [ $# -gt 0 ]; do
  case $1 in
    --key) key=${2:?--key needs a key}; shift 2 ;;
    --witness) witness=${2:?--witness needs a file}; shift 2 ;;
    --extract) extract=yes; shift ;;
    -*) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { echo "verify.sh: which files?" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/lines"

broken() { echo "BROKEN: $*"; exit 1; }
unreadable() { echo "verify.sh: $*" >&2; exit 3; }

# Sets `file` to where the bytes of FILE stand, uncompressed if they are compressed.
unpack() { # FILE
  file=$1
  [ "$(head -c 1 "$1" | od -An -tx1 | tr -d ' ')" = 1f ] || return 0
  file=$work/plain.$parts
  [ "$(head -c 3 "$1" | od -An -tx1 | tr -d ' ')" = 1f8b08 ] || broken "$1: its compressed bytes are damaged"
  command -v gzip >/dev/null || unreadable "$1 is compressed, and there is no gzip"
  gzip -dc <"$1" >"$file" 2>/dev/null && return 0
  ! gzip -t <"$1" 2>/dev/null || unreadable "$work has no room for $1"
  broken "$1: its compressed bytes are damaged or cut off"
}

# --- the lines, each in a file of its own, so that its bytes are hashed as they are ---

beginning='^\{"v":1,"seq":[0-9]+,"prev":"[^"\\]{64}","time":"[^"\\]+","mono":[0-9]+,"stream":"[^"\\]+","event":"[^"\\]+"'
parts=0
for file; do echo "$file"; done >"$work/given"
for file; do
  [ -f "$file" ] || [ ! -f "$file.gz" ] || file=$file.gz # it was compressed meanwhile
  if [ ! -f "$file" ] || [ ! -r "$file" ]; then unreadable "$file cannot be read"; fi
  given=$file name=${file##*/} name=${name%.gz}
  unpack "$file"
  # One that was just being compressed is there in both ways.
  if [ "$given" != "${given%.gz}" ] && [ -e "${given%.gz}" ] && grep -q -x -F "${given%.gz}" "$work/given"; then
    [ -r "${given%.gz}" ] || unreadable "${given%.gz} cannot be read"
    cp "$file" "$work/compressed" || unreadable "$work has no room for $given"
    unpack "${given%.gz}"
    cmp -s "$file" "$work/compressed" || broken "$given does not hold what ${given%.gz} does"
    continue
  fi
  # One that was just being closed has two names.
  identity=$(stat -L -c %d:%i "$given")
  ! grep -q -s -x "$identity" "$work/identities" || continue
  echo "$identity" >>"$work/identities"
  [ -s "$file" ] || unreadable "$given is empty"
  head -c 1048576 "$file" | head -n 1 | LC_ALL=C grep -a -q -E "$beginning" || unreadable "$given is no log of format 1"
  if [ "$(wc -c <"$file")" -gt 1048576 ] && [ "$(tail -c 1048577 "$file" | wc -l)" = 0 ]; then
    broken "$given ends with a line longer than 1 MiB"
  fi
  longest=$(LC_ALL=C tr -c '\n' x <"$file" | wc -L)
  [ "$longest" -lt 1048576 ] || broken "$given holds a line longer than 1 MiB"
  [ "$(tail -c 1 "$file" | od -An -tx1 | tr -d ' ')" = 0a ] || broken "$given ends in the middle of a line"
  iconv -f UTF-8 -t UTF-8 "$file" >"$work/utf8" 2>/dev/null || broken "$given is not UTF-8"
  [ "$(tr -dc '\000' <"$file" | wc -c)" = 0 ] || broken "$given holds NUL bytes"
  # <replica>.jsonl, or <stream>.<its first line's number>.jsonl once it is closed.
  head -n 1 "$file" | jq -R -r --arg name "$name" 'try (fromjson |
    if [.stream[:-9] + ".jsonl", .stream + "." + (.seq | tostring) + ".jsonl"] | index($name) then "ok"
    else "holds the stream " + .stream + " and is not named after it" end) catch "begins with no line of a log"' >"$work/named"
  [ "$(cat "$work/named")" = ok ] || broken "$given $(cat "$work/named")"
  ln -s "$(realpath "$file")" "$work/part.$parts"
  echo "$(head -n 1 "$file" | sed 's/^{"v":1,"seq":\([0-9]*\),.*/\1/') part.$parts" >>"$work/order"
  parts=$((parts + 1))
done
sort -n -s -k 1,1 "$work/order" | while read -r _ part; do cat "$work/$part"; done >"$work/log"
split -l 1 -a 8 -d "$work/log" "$work/lines/"
find "$work/lines" -type f | sort | xargs sha256sum | cut -c1-64 >"$work/hashes"

# --- what each says: seq, prev, stream, event, key and note ---

LC_ALL=C grep -a -n -v -E "$beginning" "$work/log" >"$work/foreign" || true
[ ! -s "$work/foreign" ] || broken "line $(head -n 1 "$work/foreign" | cut -d: -f1) is no line of a log of format 1"
# A \u escape that is half a surrogate pair, which jq lets pass.
sed -e 's/\\\\/x/g' -e 's/\\u[dD][89abAB][0-9a-fA-F]\{2\}\\u[dD][c-fC-F][0-9a-fA-F]\{2\}/x/g' "$work/log" |
  grep -n -i '\\ud[89a-f]' >"$work/halves" || true
[ ! -s "$work/halves" ] || broken "line $(head -n 1 "$work/halves" | cut -d: -f1): it is not acceptable as JSON"
jq -R -r 'try (fromjson | [.seq, .prev, .stream, .event, (.key // "-"), (.note // "-" | @base64),
  (if .event == "retired" and (.to | type) == "number" then .to else 0 end)] | map(tostring) | join("\t"))
  catch "-"' "$work/log" >"$work/fields"

paste "$work/fields" "$work/hashes" | awk -F '\t' '
  function out(why) { print "line " NR ": " why; exit }
  NF != 8 { out("it is not acceptable as JSON") }
  NR == 1 { prev = sprintf("%064d", 0); stream = $3; before = 0 }
  NR == 1 && $1 > 1 && $2 != prev { prev = $2; before = $1 - 1 }
  $2 != prev || $1 != NR + before { out("it does not follow from the line before") }
  $3 != stream { out("it belongs to another stream") }
  { prev = $8 }' >"$work/fault"
[ ! -s "$work/fault" ] || broken "$(cat "$work/fault")"
lines=$(wc -l <"$work/log")
stream=$(head -n 1 "$work/fields" | cut -f3)
# What was retired is gone: so many lines before those that are here.
gone=$(($(head -n 1 "$work/fields" | cut -f1) - 1))

# --- checkpoints: signed notes whose text is the stream, a number of lines and the last one's hash ---

# A key as openssl reads it: the DER of an Ed25519 public key is a fixed beginning and the 32 bytes.
write_pem() { # KEY
  encoded=${1#*+*+}
  {
    echo "-----BEGIN PUBLIC KEY-----"
    { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; printf '%s' "$encoded" | base64 -d | tail -c 32; } | base64 -w 0
    echo
    echo "-----END PUBLIC KEY-----"
  } >"$work/key.pem"
}

hash_of() { sed -n "$1p" "$work/hashes"; }

check_note() { # LINE NOTE-IN-BASE64
  printf '%s' "$2" | base64 -d >"$work/note"
  sed '/^$/,$d' "$work/note" >"$work/text"
  expected=$(printf '%s\n%s\n%s' "sallyport.dev/log/$stream" $(($1 - 1 + gone)) \
    "$(printf '%s' "$(hash_of $(($1 - 1)))" | sed 's/../\\x&/g' | xargs -0 printf '%b' | base64 -w 0)")
  [ "$(cat "$work/text")" = "$expected" ] || broken "line $1: its checkpoint is of another log than this"
  [ -s "$work/key.pem" ] || broken "line $1: its checkpoint is signed by a key that nobody has named"
  sed -n 's/^— sallyport.dev\/log //p' "$work/note" | head -n 1 | base64 -d 2>/dev/null | tail -c 64 >"$work/signature"
  openssl pkeyutl -verify -pubin -inkey "$work/key.pem" -rawin -in "$work/text" -sigfile "$work/signature" >/dev/null 2>&1 ||
    broken "line $1: its checkpoint is not signed by the key ${key:+given}${key:-that the log names}"
}

[ -z "$key" ] || write_pem "$key"
signed=0
grep -n -E "$(printf '\t(checkpoint|log_key|rotated)\t')" "$work/fields" >"$work/signing" || true
while IFS=: read -r number rest; do
  case $(printf '%s' "$rest" | cut -f4) in
    log_key | rotated) [ -n "$key" ] || [ "$(printf '%s' "$rest" | cut -f5)" = "" ] || write_pem "$(printf '%s' "$rest" | cut -f5)" ;;
    checkpoint) check_note "$number" "$(printf '%s' "$rest" | cut -f6)"; signed=$((number - 1)) ;;
  esac
done <"$work/signing"
[ -z "$key" ] || [ "$signed" -gt 0 ] || broken "nothing in it is signed"
if [ "$gone" -gt 0 ] && [ -z "$extract" ]; then
  said=$(awk -F '\t' -v gone="$gone" '$7 >= gone { print NR; exit }' "$work/fields")
  [ -n "$said" ] || broken "lines 1 to $gone are missing, and no line says that they were retired"
  [ "$said" -le "$signed" ] || broken "lines 1 to $gone are missing, and line $((said + gone)), which says why, is not signed yet"
fi

# --- what others have seen ---

if [ -n "$witness" ]; then
  [ -r "$witness" ] || unreadable "$witness cannot be read"
  jq -r 'def at: select(. != null) | [.stream, .seq, .head];
    if .kind == "Event" then
      (.annotations // {}) as $a | $a | keys[] | select(endswith("/log-stream")) | rtrimstr("/log-stream") as $p |
      [$a[$p + "/log-stream"], $a[$p + "/log-seq"], $a[$p + "/log-head"]]
    else (.items // [.])[] | (.status.decision.log | at), (.status.revocation.log | at), (.status.uses[]?.log | at) end |
    map(tostring) | join("\t")' "$witness" >"$work/seen" 2>/dev/null || unreadable "$witness is no witness"
  awk -F '\t' -v stream="$stream" -v gone="$gone" -v extract="$extract" 'NR == FNR { last = FNR + gone; hash[last] = $1; next }
    $1 == stream && $2 > last && extract { next }
    $1 == stream && $2 > last { print "it was cut off or put back: line " $2 " of it was seen, and the last one here is " last; exit }
    $1 == stream && $2 > gone && hash[$2] != $3 { print "line " $2 ": another one was seen there"; exit }' \
    "$work/hashes" "$work/seen" >"$work/fault"
  [ ! -s "$work/fault" ] || broken "$(cat "$work/fault")"
fi

signed_words="signed up to line $((signed + gone))$([ -n "$key" ] || echo " by its own word")"
if [ -n "$extract" ]; then
  echo "extract: $stream, $lines lines from line $((gone + 1)) on, $signed_words; what stood before and after them is not here"
else
  echo "clean: $stream, $lines lines$([ "$gone" = 0 ] || echo " after $gone that were retired"), $signed_words"
fi
