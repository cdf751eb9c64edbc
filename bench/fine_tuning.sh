#!/usr/bin/env bash
# Fine-tuning against training anew: ResNet-8 is trained on 100 synthetic classes, then on 2,000 images of CIFAR-10, all of it or its
# last stage and classifier alone, over three seeds; anew with the same images. Prints the table of docs/training.md.
#
#   bench/fine_tuning.sh data/cifar10 [runs/fine-tuning]
#
# The first is ingested CIFAR-10. ISONORM names another command than bin/isonorm. What has run already is not run again.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: bench/fine_tuning.sh DATA [RUNS]" >&2; exit 2; }
data=$1
runs=${2:-runs/fine-tuning}
isonorm=${ISONORM:-$(dirname "$0")/../bin/isonorm}
mkdir -p "$runs"

train() { # NAME SETTING...
  [ ! -e "$runs/$1/evaluation.json" ] || return 0
  local settings=() setting
  for setting in "${@:2}"; do
    settings+=(--set "$setting")
  done
  "$isonorm" train --output "$runs/$1" --set network.name=resnet-8 --set averaging.workers=1 --set data.validation-examples=1000 \
    "${settings[@]}" > "$runs/$1.log"
}

train synthetic-100 data.synthetic.classes=100 data.synthetic.train-examples=11000 data.synthetic.test-examples=2000 training.epochs=10

few=(data.dataset=cifar10 "data.path=$data" data.training-examples=2000 training.epochs=30 training.evaluate-every-epochs=30)
from=("initialization.from=$runs/synthetic-100")
for seed in 1 2 3; do
  train "anew-$seed" "${few[@]}" "run.seed=$seed"
  train "all-$seed" "${few[@]}" "run.seed=$seed" "${from[@]}" optimizer.learning-rate=0.05
  train "frozen-$seed" "${few[@]}" "run.seed=$seed" "${from[@]}" optimizer.learning-rate=0.05 \
    'optimizer.frozen=["stem*","stage1*","stage2*"]'
  train "classifier-$seed" "${few[@]}" "run.seed=$seed" "${from[@]}" optimizer.learning-rate=0.05 'optimizer.frozen=["stem*","stage*"]'
done

value() { # NAME KEY: a number of an evaluation
  sed -n 's/.*"'"$2"'" *: *\([0-9.eE-]*\).*/\1/p' "$runs/$1/evaluation.json" | head -1
}
echo "| start | trained | test accuracy, three seeds | mean ± std |"
echo "|---|---|---|---|"
row() { # NAME START TRAINED
  local seed
  for seed in 1 2 3; do
    value "$1-$seed" top1Accuracy
  done | awk -v start="$2" -v trained="$3" '
    { each = each (NR > 1 ? ", " : "") sprintf("%.1f", 100 * $1); sum += 100 * $1; squares += 1e4 * $1 * $1 }
    END { mean = sum / NR; printf "| %s | %s | %s %% | %.1f ± %.1f %% |\n", start, trained, each, mean, sqrt((squares - NR * mean * mean) / (NR - 1)) }'
}
row anew "the rule" all
row all "100 synthetic classes" all
row frozen "100 synthetic classes" "last stage and classifier"
row classifier "100 synthetic classes" classifier
