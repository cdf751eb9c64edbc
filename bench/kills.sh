#!/usr/bin/env bash
# Kills a run and a grid at random moments, goes on with --resume, and compares the end with that of the same command undisturbed.
#
#   bench/kills.sh [run|grid|both] [KILLS] [FOLDER]      both, 20 kills each, in a new folder in /tmp that goes when all is well
#
# The run is ResNet-8 on 2,000 synthetic images, six epochs, two workers, parameters averaged every five steps, a moving average, a checkpoint
# every three rounds. The grid is 2 x 2, a trial two epochs. A kill is `kill -9` of the command's whole process group, after a time that is
# drawn evenly from no time at all to what the undisturbed run takes in half, or the undisturbed grid in whole: in the start, while it trains,
# writes a checkpoint or evaluates. A command that ends before its kill is compared, and another one begins, until all kills are
# done; the last one then ends undisturbed. Compared are, bit for bit, but for seconds, images/s and dates:
#   run   metrics.csv, initialization.csv, evaluation.json, predictions.json, and every file in last.zip, best.zip and model.zip
#   grid  results.csv, trials.csv, grid.json, and every file in the winner's best.zip
#
# Exit code: 0 all the same; 1 with a sentence, something differs or failed, and FOLDER stays; 2 bad usage.
# ISONORM names another command than bin/isonorm. SEED=N draws the same times again. Some 10 and 20 minutes on two free cores. Needs unzip.
set -euo pipefail

fail() {
  echo "kills.sh: $1" >&2
  exit "${2:-1}"
}
usage="usage: bench/kills.sh [run|grid|both] [KILLS] [FOLDER]"
what=${1:-both}
kills=${2:-20}
[[ $# -le 3 && $what =~ ^(run|grid|both)$ && $kills =~ ^[1-9][0-9]*$ ]] || fail "$usage" 2
command -v unzip > /dev/null || fail "Cannot look into checkpoints: unzip is not installed (install it)"
isonorm=${ISONORM:-$(cd "$(dirname "$0")/.." && pwd)/bin/isonorm}
seed=${SEED:-$((10#$(date +%N) % 32768))}
RANDOM=$seed
if [ $# -eq 3 ]; then
  folder=$3
  [ ! -e "$folder" ] || fail "Invalid FOLDER: $folder (there is something already; name a new one)" 2
  mkdir -p "$folder"
  owned=
else
  folder=$(mktemp -d)
  owned=1
fi
folder=$(cd "$folder" && pwd)

group=
trap '[ -z "$group" ] || kill -9 -- "-$group" 2> /dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

milliseconds() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
seconds() { printf '%d.%d s' $(($1 / 1000)) $(($1 % 1000 / 100)); }

start() { # LOG COMMAND...: a process group of its own
  setsid "${@:2}" >> "$1" 2>&1 < /dev/null &
  group=$!
}
# Whether the command has ended within so many milliseconds; with its exit code in ended.
ends_within() {
  local until=$(($(milliseconds) + $1))
  while kill -0 "$group" 2> /dev/null; do
    [ "$(milliseconds)" -lt "$until" ] || return 1
    sleep 0.05
  done
  ended=0
  wait "$group" || ended=$?
  group=
}
kill_group() { # Its stderr is where bash says that the command was killed.
  local tries
  for tries in {1..200}; do # A command that has just begun may have no group yet.
    kill -9 -- "-$group" 2> /dev/null || kill -9 "$group" 2> /dev/null || break
    sleep 0.05
  done
  wait "$group" 2> /dev/null || true
  group=
}

settings=(
  --set "data.path=$folder/data"
  --set data.validation-examples=100
  --set network.name=resnet-8
  --set training.global-batch-size=20
)
begin() { # KIND NAME
  if [ "$1" = run ]; then
    command=("$isonorm" train "${settings[@]}" --set training.epochs=6 --set averaging.workers=2 --set averaging.frequency=5
      --set optimizer.ema-decay=0.9 --set training.checkpoint-every-rounds=3 --output "$folder/$2")
  else
    command=("$isonorm" grid "${settings[@]}" --set training.epochs=2 --set 'grid.axes.optimizer.learning-rate=[.1,.01]'
      --set 'grid.axes.initialization.init-gamma=[.4,4]' --output "$folder/$2")
  fi
}
# The command that a user gives after a kill: by the folder alone, or, where there is none yet, the same again.
go_on() { # KIND NAME
  if [ ! -e "$folder/$2" ]; then
    begin "$1" "$2"
  elif [ "$1" = run ]; then
    command=("$isonorm" train --resume --output "$folder/$2")
  else
    command=("$isonorm" grid --resume "$folder/$2")
  fi
}

# What must be the same, in a folder of its own: tables without columns of time and speed, archives as their entries.
facts() { # KIND NAME
  local from=$folder/$1-facts/$2 file zip
  mkdir -p "$from"
  if [ "$1" = run ]; then
    cp "$folder/$2"/{initialization.csv,evaluation.json,predictions.json} "$from"
    set -- "$@" metrics.csv model.zip checkpoints/last.zip checkpoints/best.zip
  else
    cp "$folder/$2/grid.json" "$from"
    zip=$(cd "$folder/$2" && find trials -name best.zip)
    [ -n "$zip" ] || fail "Cannot compare $folder/$2: it has no winner's best.zip"
    set -- "$@" results.csv trials.csv "$zip"
  fi
  for file in "${@:3}"; do
    case $file in
      *.csv)
        awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) keep[i] = $i !~ /[sS]econds?$/ }
          { line = ""; for (i = 1; i <= NF; i++) if (keep[i]) line = line $i ","; print line }' "$folder/$2/$file" > "$from/$file"
        ;;
      *)
        mkdir -p "$from/$file"
        unzip -q "$folder/$2/$file" -d "$from/$file"
        ;;
    esac
  done
  find "$from" -name '*.json' -exec sed -i -E 's/("[a-zA-Z]*[sS]econds" ?: ?)[0-9.eE+-]+/\1-/g' {} +
}

compare() { # KIND NAME
  facts "$1" "$2"
  local different
  different=$(cd "$folder/$1-facts" && diff -rq "$1-undisturbed" "$2") ||
    fail "Cannot confirm that a killed $1 ends the same (SEED=$seed; diff -r in $folder/$1-facts): $different"
  echo "$2 ended the same as undisturbed: $(find "$folder/$1-facts/$2" -type f | wc -l) files"
}

trials_ended() { find "$folder/$1" -name result.json 2> /dev/null | wc -l; }

killed() { # KIND
  local kind=$1 number=1 done=0 before=0 after=0 wall longest drawn name begun
  local undisturbed=$kind-undisturbed
  begin "$kind" "$undisturbed"
  begun=$(milliseconds)
  start "$folder/$undisturbed.log" "${command[@]}"
  ends_within 86400000
  [ "$ended" = 0 ] || fail "Cannot run undisturbed: exit code $ended, see $folder/$undisturbed.log"
  wall=$(($(milliseconds) - begun))
  facts "$kind" "$undisturbed"
  longest=$wall
  [ "$kind" = grid ] || longest=$((wall / 2))
  echo "$undisturbed took $(seconds $wall); kills come within $(seconds $longest), SEED=$seed"
  while true; do
    name=$kind-killed-$number
    go_on "$kind" "$name"
    drawn=$(((RANDOM * 32768 + RANDOM) % longest))
    [ "$done" -lt "$kills" ] || drawn=86400000
    start "$folder/$name.log" "${command[@]}"
    if ends_within "$drawn"; then
      [ "$ended" = 0 ] || fail "Cannot go on after kill $done: exit code $ended of ${command[*]} (SEED=$seed): $(tail -n 1 "$folder/$name.log"), see $folder/$name.log"
      compare "$kind" "$name"
      [ "$done" -lt "$kills" ] || break
      number=$((number + 1))
      continue
    fi
    kill_group 2> /dev/null
    done=$((done + 1))
    printf 'kill %2d of %d, %s after %s' "$done" "$kills" "$name" "$(seconds "$drawn")"
    if [ "$kind" = grid ]; then
      printf ', %d of 4 trials ended' "$(trials_ended "$name")"
      if [ "$(trials_ended "$name")" = 0 ]; then before=$((before + 1)); else after=$((after + 1)); fi
    fi
    printf ': %s\n' "$(tail -n 1 "$folder/$name.log" 2> /dev/null | cut -c 1-90)"
    echo "-- killed" >> "$folder/$name.log"
  done
  if [ "$kind" = grid ]; then
    echo "$before kills came before a trial had ended, $after after"
    [ "$after" -gt 0 ] || fail "Cannot say anything of trials that had ended: no kill came after one (kill more often)"
  fi
}

"$isonorm" ingest --dataset=synthetic --train-examples=2100 --test-examples=100 --out "$folder/data" > "$folder/data.log" 2>&1 ||
  fail "Cannot draw the data: $(tail -n 1 "$folder/data.log")"
[ "$what" = grid ] || killed run
[ "$what" = run ] || killed grid
[ -z "$owned" ] || rm -rf "$folder"
