#!/usr/bin/env bash
# The best learning rate of trainings of 30 to 3,744 steps, each in a whole schedule from the equilibrium of its rate (docs/evidence.md,
# "Short and long trainings"): what isonorm probe takes its rate for a long training from. Goes on with what is there already, and writes
# beside this file:
#
#   horizon.csv        a row a trial
#   horizon-best.csv   a row a network and number of steps: the rate of the lowest validation loss, by a parabola in its logarithm through
#                      the five rates around the lowest mean of the seeds; and the power of the steps that these rates go as
#
#   docs/results/horizon.sh DATA [FOLDER]
#
# DATA has the data set cifar10-16, made by `isonorm ingest --dataset folder --image-size 16`. ISONORM is the command line to run
# (bin/isonorm). The tables need python3.
source "$(dirname "${BASH_SOURCE[0]}")/shared.sh"

data=${1:?the folder of the data sets}
folder=${2:-runs/horizon}

# trained NETWORK EXAMPLES EPOCHS SEEDS RATES OPTIONS...: one length.
trained() {
  grid "$folder/$1-$2-$3" converged.conf --set data.dataset=folder --set data.path="$data/cifar10-16" --set data.training-examples="$2" \
    --set training.epochs="$3" --set training.evaluate-every-epochs="$3" --set network.statistics-rate=0.3 \
    --set 'grid.axes.initialization.init-gamma=[equilibrium-global]' --set grid.axes.optimizer.learning-rate="[$5]" \
    --set grid.seeds-per-point="$4" "${@:6}"
  table horizon.csv trials
  table horizon-best.csv best
}

trials() {
  python3 - "$folder" << 'PYTHON'
import csv, glob, os, sys

print("network,examples,epochs,steps,learningRate,seed,status,validationLoss,validationAccuracy")
for grid in sorted(glob.glob(sys.argv[1] + "/*/trials.csv")):
    network, examples, epochs = os.path.basename(os.path.dirname(grid)).rsplit("-", 2)
    with open(grid) as file:
        for trial in csv.DictReader(file):
            loss = ""
            if trial["status"] == "done":
                with open(os.path.join(os.path.dirname(grid), "trials", trial["trial"], "metrics.csv")) as metrics:
                    loss = list(csv.DictReader(metrics))[-1]["validationLoss"]
            print(network, examples, epochs, int(examples) // 32 * int(epochs), trial["optimizer.learning-rate"], trial["seed"],
                  trial["status"], loss, trial["lastValidationAccuracy"], sep=",")
PYTHON
}

# A run that is worse than guessing counts as guessing: how much worse says nothing.
best() {
  python3 - "$here/horizon.csv" << 'PYTHON'
import csv, math, statistics, sys

GUESSING = math.log(10)

def vertex(points):
    x, y = zip(*points)
    middle = statistics.mean(x)
    x = [each - middle for each in x]
    s = [sum(each ** power for each in x) for power in range(5)]
    t = [sum(a ** power * b for a, b in zip(x, y)) for power in range(3)]
    # Of y = a + b x + c x^2 with sums of odd powers that vanish, as x is evenly spaced.
    b, c = t[1] / s[2], (s[0] * t[2] - s[2] * t[0]) / (s[0] * s[4] - s[2] ** 2)
    return middle - b / (2 * c)

losses = {}
with open(sys.argv[1]) as file:
    for row in csv.DictReader(file):
        loss = min(float(row["validationLoss"] or "inf"), GUESSING)
        losses.setdefault(row["network"], {}).setdefault(int(row["steps"]), {}).setdefault(float(row["learningRate"]), []).append(loss)

print("network,steps,n,learningRate,power")
for network, lengths in losses.items():
    found = {}
    for steps, rates in sorted(lengths.items()):
        rungs = sorted(rates)
        means = [statistics.mean(rates[rate]) for rate in rungs]
        lowest = min(max(means.index(min(means)), 2), len(rungs) - 3)
        around = range(lowest - 2, lowest + 3)
        found[steps] = 2 ** vertex([(math.log2(rungs[i]), means[i]) for i in around])
    power = ""
    if len(found) > 1:
        power = "%.3f" % statistics.linear_regression([math.log(n) for n in found], [math.log(rate) for rate in found.values()]).slope
    for steps, rate in found.items():
        print(network, steps, min(map(len, lengths[steps].values())), "%.3g" % rate, power, sep=",")
PYTHON
}

# of EXAMPLES EPOCHS SEEDS RATES: both networks.
of() {
  trained resnet-8 "$@"
  trained vgg-like "$@" --set network.name=vgg-like --set network.width=0 --set network.layers="$vgg"
}

of 960 1 5 0.01,0.02,0.04,0.08,0.16,0.32,0.64,1.28
of 10000 1 5 0.01,0.02,0.04,0.08,0.16,0.32,0.64,1.28
of 10000 3 5 0.01,0.02,0.04,0.08,0.16,0.32
of 10000 12 3 0.01,0.02,0.04,0.08,0.16
