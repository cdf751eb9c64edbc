#!/usr/bin/env bash
# Learning rate x init-gamma at the end of training, and the probe beside it (docs/evidence.md): conf/converged.conf for three networks
# and two data sets. Goes on with what is there already, leaves out what the tables have whole, and writes beside this file:
#
#   converged-predictions.csv   before any training: how far each cell starts from equilibrium, and what the way to it costs
#   converged-grid.csv          a row a trial, with its validation accuracy at the end
#   converged-scores.csv        a row a cell: what was predicted of it, and how far it is below the cell of its rate that starts nearest to
#                               equilibrium, in points of accuracy
#   converged-order.csv         a row a grid: the rank correlation of the share of the schedule that cells which start below equilibrium
#                               miss, and of how far they are below
#   converged-probe.csv         a row a training of the grid's best point by validation, and of what a probe found at each of three
#                               seeds, with its accuracy on the test images
#
#   docs/results/converged.sh DATA [FOLDER [OPTIONS OF isonorm init, grid AND train]]
#
# DATA has the data sets cifar10-16 and fashion-16, made by `isonorm ingest --dataset folder --image-size 16`. ISONORM is the command line
# to run (bin/isonorm). The tables need python3.
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

data=${1:?the folder of the data sets}
folder=${2:-runs/converged}
shift $(($# < 2 ? $# : 2))
configuration=$here/../../conf/converged.conf

# each COMMAND: calls it with every network, data set and their options.
each() {
  local dataset images
  for dataset in cifar10-16 fashion-16; do
    images=(--set data.dataset=folder --set data.path="$data/$dataset")
    "$1" resnet-8 "$dataset" "${images[@]}" "${@:2}"
    "$1" vgg-like "$dataset" "${images[@]}" --set network.name=vgg-like --set network.width=0 --set network.layers="$vgg" "${@:2}"
    "$1" densenet-10 "$dataset" "${images[@]}" --set network.name=densenet-10 --set network.width=6 "${@:2}"
  done
}

# The gamma of equilibrium at the configured rate, one for all layers; at other rates it goes as the rate to the power of -1/2.
equilibrium() {
  local measured=$folder/$1--$2/equilibrium.txt
  if [ ! -e "$measured" ]; then
    mkdir -p "$folder/$1--$2"
    "$isonorm" init --config "$configuration" --init-gamma equilibrium-global "${@:3}" |
      awk '$5 == "bn-gamma" { print $6; exit }' > "$measured.new"
    mv "$measured.new" "$measured"
  fi
  echo "$1 $2 $(cat "$measured")"
}

# What a linear warmup from f = gamma / gamma_eq misses, in steps, and the share of it of the steps of the schedule, which are half of
# the 3,744 in a cosine (docs/equilibrium.md, "gamma as a warmup").
predictions() {
  echo network,dataset,learningRate,initGamma,equilibriumGamma,warmupFraction,tau,missedSteps,missedShare
  awk -v OFS=, '{
    split("1 0.3 0.1 0.03 0.01", rates, " "); split("0.1 0.4 1 4 40", gammas, " ")
    for (r = 1; r <= 5; r++) for (g = 1; g <= 5; g++) {
      equilibrium = $3 * sqrt(0.1 / rates[r]); f = gammas[g] / equilibrium; tau = 0.1 / (4 * rates[r] * 0.005)
      missed = f < 1 ? 2 * tau * log((1 + 1 / f) / 2) : 0
      printf "%s,%s,%s,%s,%.3g,%.3g,%.3g,%.3g,%.3g\n", $1, $2, rates[r], gammas[g], equilibrium, f, tau, missed, missed / 1872
    }
  }'
}

# kept TABLE FILE: rows of a table beside this file, of an earlier call's networks and data sets, that this folder knows nothing of.
kept() {
  local row network dataset
  [ ! -e "$here/$1" ] || tail -n +2 "$here/$1" | while IFS=, read -r network dataset row; do
    [ -e "$folder/$network--$dataset/$2" ] || echo "$network,$dataset,$row"
  done
}

# 75 trials, and three trainings each of the best point and of a probe's.
whole() {
  [ -e "$here/converged-grid.csv" ] && [ "$(grep -cE "^$1,$2,.*,(done|diverged)," "$here/converged-grid.csv")" = 75 ] &&
    [ "$(grep -c "^$1,$2,grid," "$here/converged-probe.csv")" = 3 ] && [ "$(grep -c "^$1,$2,probe," "$here/converged-probe.csv")" = 3 ]
}

cells() {
  echo network,dataset,learningRate,initGamma,seed,status,validationAccuracy
  kept converged-grid.csv grid/trials.csv
  local trials name
  for trials in "$folder"/*/grid/trials.csv; do
    [ -e "$trials" ] || continue
    name=$(basename "$(dirname "$(dirname "$trials")")")
    awk -F, -v OFS=, -v name="${name/--/,}" '
      NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
      {
        print name, $column["optimizer.learning-rate"], $column["initialization.init-gamma"], $column["seed"], $column["status"],
          $column["lastValidationAccuracy"]
      }' "$trials"
  done
}

# Of grids that are whole.
scores() {
  python3 - "$here" << 'PYTHON'
import csv, math, os, statistics, sys

def table(name):
    with open(os.path.join(sys.argv[1], name)) as file:
        return list(csv.DictReader(file))

GUESSING = 10
accuracies = {}
for row in table("converged-grid.csv"):
    cell = row["network"], row["dataset"], float(row["learningRate"]), float(row["initGamma"])
    if row["status"] != "failed":
        accuracies.setdefault(cell, []).append(100 * float(row["validationAccuracy"]) if row["status"] == "done" else GUESSING)
cells = {}
for row in table("converged-predictions.csv"):
    cells[row["network"], row["dataset"], float(row["learningRate"]), float(row["initGamma"])] = row

print("network,dataset,learningRate,initGamma,warmupFraction,missedShare,n,accuracy,deviation,deficit,predicted,holds")
for cell, row in cells.items():
    line = [other for other in cells if other[:3] == cell[:3]]
    if any(len(accuracies.get(other, [])) < 3 for other in cells if other[:2] == cell[:2]):
        continue
    reference = min(line, key=lambda other: abs(math.log(float(cells[other]["warmupFraction"]))))
    deficit = statistics.mean(accuracies[reference]) - statistics.mean(accuracies[cell])
    f, share = float(row["warmupFraction"]), float(row["missedShare"])
    predicted = "not forgotten" if share > .3 else "forgotten" if share < .1 and f <= 10 and cell != reference else ""
    holds = {"not forgotten": deficit >= 1.5, "forgotten": deficit < 1.5}.get(predicted, "")
    print(*cell[:2], *("%g" % value for value in cell[2:]), row["warmupFraction"], row["missedShare"], len(accuracies[cell]),
          "%.2f" % statistics.mean(accuracies[cell]), "%.2f" % statistics.stdev(accuracies[cell]), "%.2f" % deficit, predicted,
          str(holds).lower(), sep=",")
PYTHON
}

# Spearman's, of equal ranks where values are equal.
order() {
  python3 - "$here" << 'PYTHON'
import csv, os, statistics, sys

def ranks(values):
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]

grids = {}
with open(os.path.join(sys.argv[1], "converged-scores.csv")) as file:
    for row in csv.DictReader(file):
        if float(row["warmupFraction"]) < 1:
            grids.setdefault((row["network"], row["dataset"]), []).append((float(row["missedShare"]), float(row["deficit"])))
print("network,dataset,cells,rankCorrelation,holds")
for grid, cells in grids.items():
    correlation = statistics.correlation(*map(ranks, zip(*cells)))
    print(*grid, len(cells), "%.3f" % correlation, str(correlation >= .8).lower(), sep=",")
PYTHON
}

probes() {
  echo network,dataset,start,seed,learningRate,initGamma,testAccuracy,cost,bracketed
  kept converged-probe.csv probe-seed-1
  python3 - "$folder" << 'PYTHON'
import glob, json, os, sys

for case in sorted(glob.glob(sys.argv[1] + "/*/")):
    name = os.path.basename(case[:-1]).replace("--", ",")
    if os.path.exists(case + "grid/grid.json"):
        with open(case + "grid/grid.json") as file:
            grid = json.load(file)
        if grid["status"] == "complete":
            values = grid["winner"]["point"]["values"]
            for seed, accuracy in zip(grid["seeds"], grid["winner"]["testAccuracies"]):
                print(name, "grid", seed, values["optimizer.learning-rate"], values["initialization.init-gamma"], accuracy, "", "", sep=",")
    for run in sorted(glob.glob(case + "probe-seed-*/")):
        if os.path.exists(run + "evaluation.json"):
            with open(run + "evaluation.json") as file:
                accuracy = json.load(file)["top1Accuracy"]
            with open(run + "probe/probe.json") as file:
                probe = json.load(file)
            print(name, "probe", run[:-1].rpartition("-")[2], probe["learningRate"], probe["initGamma"], accuracy,
                  "%.3g" % probe["cost"], str(probe["bracketed"]).lower(), sep=",")
PYTHON
}

# A probe pays for the validation examples that it looks at.
probed() {
  local seed output
  for seed in 1 2 3; do
    output=$folder/$1--$2/probe-seed-$seed
    if [ ! -e "$output/config.conf" ]; then
      "$isonorm" train --config "$configuration" "${@:3}" --set data.validation-examples=1000 --set run.seed="$seed" \
        --probe --share 0.1 --output "$output" > /dev/null
    elif [ ! -e "$output/evaluation.json" ]; then
      "$isonorm" train --resume --output "$output" > /dev/null
    fi
    table converged-probe.csv probes
  done
}

searched() {
  grid "$folder/$1--$2/grid" converged.conf "${@:3}"
  table converged-grid.csv cells
  table converged-scores.csv scores
  table converged-order.csv order
  table converged-probe.csv probes
}

predict() {
  each equilibrium "$@" | predictions
}

both() {
  if ! whole "$1" "$2"; then
    probed "$@"
    searched "$@"
  fi
}

table converged-predictions.csv predict "$@"
each both "$@"
