#!/usr/bin/env bash
# The BN/γ rule beside other starts of one network by the recipe of conf/fast (docs/initialization.md). Trains conf/fast/starts.conf for
# 4 and for 10 epochs, three seeds from each start, goes on with what is there already, and writes starts.csv beside this file after
# every grid: a row a trial, with its validation accuracy after the last epoch.
#
#   docs/results/starts.sh [FOLDER [OPTIONS OF isonorm grid]]
#
# ISONORM is the command line to run (bin/isonorm).
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

folder=${1:-runs/starts}
shift $(($# < 1 ? $# : 1))

# A row a trial: the columns are found by their names.
summarize() {
  echo epochs,starts,rule,initGamma,seed,status,validationAccuracy
  local trials
  for trials in "$folder"/*/*/trials.csv; do
    awk -F, -v OFS=, -v epochs="$(basename "$(dirname "$(dirname "$trials")")")" -v starts="$(basename "$(dirname "$trials")")" '
      function value(name) { return name in column ? $column[name] : "" }
      NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
      {
        print epochs, starts, value("initialization.rule"), value("initialization.init-gamma"), value("seed"), value("status"),
          value("lastValidationAccuracy")
      }' "$trials"
  done
}

# train EPOCHS NAME OPTIONS...
train() {
  grid "$folder/$1/$2" fast/starts.conf --set training.epochs="$1" \
    --set "optimizer.schedule-points=[{epoch = 0, factor = 0.2}, {epoch = $(($1 * 23))e-2, factor = 1}, {epoch = $1, factor = 0.07}]" \
    "${@:3}"
  table starts.csv summarize
}

for epochs in 4 10; do
  train "$epochs" rule --set 'grid.axes={initialization.rule=[bn-gamma],initialization.init-gamma=[0.1,0.4,1,4,10,40]}' "$@"
  train "$epochs" others "$@"
  # The first convolution is trained, then, from a start like that of the others.
  train "$epochs" not-whitened --set 'grid.axes={initialization.rule=[partial-identity]}' --set 'initialization.overrides=[]' \
    --set 'optimizer.frozen=["*.bn.scale"]' "$@"
  train "$epochs" gradinit --set 'grid.axes={initialization.rule=[gradinit]}' \
    --set 'initialization.tuning={start=kaiming-fan-in,iterations=100,learning-rate=0.01,batch-size=128}' "$@"
  # Fewer steps of tuning than published: one of MetaInit's takes half a minute.
  train "$epochs" metainit --set 'grid.axes={initialization.rule=[metainit]}' --set initialization.tuning.iterations=20 "$@"
done
