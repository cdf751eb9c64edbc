#!/usr/bin/env bash
# Norms and rotation of averaged weights, measured and predicted (docs/equilibrium.md, "Averaging"). Trains
# conf/averaging-norms.conf at averaging frequencies 64, 1, 16 and 4, for one seed after another, goes on with what is there
# already, and writes averaging-norms.csv beside this file after every grid.
#
#   docs/results/averaging-norms.sh [FOLDER [SEEDS [OPTIONS OF isonorm grid]]]
#
# ISONORM is the command line to run (bin/isonorm).
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

folder=${1:-runs/averaging-norms}
seeds=${2:-3}
master=local[4]
shift $(($# < 2 ? $# : 2))

# Steps before this one belong to the way to equilibrium: more than six times tau.
settled=320

# A row a trial and layer that has an equilibrium: the mean norm and the angle of the mean cosine between two averages, and what is
# predicted of both, the norm by the mean squared gradient. Then the mean over the rows that are measured, which is "all".
summarize() {
  echo workers,frequency,seed,layer,rounds,weightNorm,equilibriumNorm,roundRotation,equilibriumRoundRotation
  local trial name
  for trial in "$folder"/seed-*/frequency-*/trials/*/; do
    [ -e "$trial/model.zip" ] || [ -e "$trial/metrics.csv" ] || continue
    name=$(basename "$trial")
    awk -F, -v OFS=, -v settled="$settled" \
      -v workers="$(sed 's/.*workers-\([0-9]*\)-.*/\1/' <<< "$name")" \
      -v frequency="$(sed 's/.*frequency-\([0-9]*\).*/\1/' <<< "$trial")" \
      -v seed="$(sed 's/.*seed-//' <<< "$name")" '
      function acos(x) { return atan2(sqrt(1 - x * x), x) }
      FNR > 1 && $1 * frequency > settled && $4 != "NaN" {
        if ($3 == "weightNorm") norm[$2] += $4
        if ($3 == "equilibriumNorm") { fourth[$2] += $4 ^ 4; rounds[$2]++ }
        if ($3 == "roundRotation") cosine[$2] += cos($4)
        if ($3 == "equilibriumRoundRotation") predicted[$2] = $4
      }
      END {
        for (layer in rounds) {
          n = rounds[layer]
          printf "%d,%d,%d,%s,%d,%.6g,%.6g,%.6g,%.6g\n", workers, frequency, seed, layer, n, norm[layer] / n,
            (fourth[layer] / n) ^ .25, acos(cosine[layer] / n), predicted[layer]
        }
      }' "$trial/norms.csv"
  done | sort -t, -k1,1n -k2,2n -k3,3n -k4,4
}

for seed in $(seq "$seeds"); do
  for frequency in 64 1 16 4; do
    # Measured every 16 steps, or after every round where those are longer.
    every=$((frequency < 16 ? 16 / frequency : 1))
    grid "$folder/seed-$seed/frequency-$frequency" averaging-norms.conf --set run.seed="$seed" \
      --set averaging.frequency="$frequency" --set training.norms-every-rounds="$every" "$@"
    table averaging-norms.csv summarize
  done
done
