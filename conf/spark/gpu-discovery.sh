#!/usr/bin/env bash
# Prints the addresses of this machine's NVIDIA GPUs as Spark wants them: {"name": "gpu", "addresses": ["0","1"]}.
set -euo pipefail
addresses=$(nvidia-smi --query-gpu=index --format=csv,noheader | sed 's/ //g; s/.*/"&"/' | paste -sd, -)
echo "{\"name\": \"gpu\", \"addresses\": [$addresses]}"
