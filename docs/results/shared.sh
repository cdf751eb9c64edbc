# What the scripts beside this file share, which source it.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
isonorm=${ISONORM:-$here/../../bin/isonorm}
master=

# A VGG's layers, at an eighth of its width and for images of 16x16 pixels.
vgg='[conv 8 3x3,bn,relu,conv 8 3x3,bn,relu,max-pool 2x2,conv 16 3x3,bn,relu,conv 16 3x3,bn,relu,max-pool 2x2,conv 32 3x3,bn,relu,conv 32 3x3,bn,relu,global-pool]'

# grid FOLDER CONFIG OPTIONS...: trains the grid of a file of conf, or goes on with what is there already; on $master if that is set.
grid() {
  if [ -e "$1/config.conf" ]; then
    "$isonorm" grid ${master:+--master "$master"} --resume "$1" > /dev/null
  else
    "$isonorm" grid ${master:+--master "$master"} --config "$here/../../conf/$2" --output "$1" "${@:3}" > /dev/null
  fi
}

# table NAME COMMAND: writes what the command prints to a file beside this one, whole or not at all.
table() {
  "${@:2}" > "$here/$1.new"
  mv "$here/$1.new" "$here/$1"
}
