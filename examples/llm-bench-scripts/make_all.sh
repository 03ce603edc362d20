#!/usr/bin/env bash
# Train, serve, load and measure; write all artifacts into the folder given.
# Usage: make_all.sh OUT_DIR
# Needs on PATH: python3 (3.11+, with requirements.txt), hyperfine, wrk, ab, iconv.
# The README.md and notes/HANDOFF.md of the example folder are written by hand.
set -euo pipefail

out=$(realpath -m "$1")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
port=${PORT:-8123}
server=""

# Work in a scratch copy, so that no tool sees a repository or a long path.
cp "$here"/*.py "$here"/post.lua "$work"
cd "$work"
mkdir -p a/{train,quality,serve,compare,load,sweep,tools,archive}

start_server() {
    python3 serve.py --port "$port" &
    server=$!
    for _ in $(seq 100); do
        if python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" \
            2>/dev/null; then return; fi
        sleep 0.1
    done
    echo "server did not start" >&2
    exit 1
}
stop_server() {
    if [ -n "$server" ]; then
        kill -9 "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    server=""
}
trap 'stop_server; rm -rf "$work"' EXIT
load() { python3 load.py --port "$port" "$@"; }
wait_lines() { # FILE LINES PID: until FILE has LINES lines, as long as PID runs
    while kill -0 "$3" 2>/dev/null && [ "$(wc -l 2>/dev/null <"$1" || echo 0)" -lt "$2" ]; do
        sleep 0.02
    done
}

python3 train.py a/train/training.csv
python3 quality.py a/quality/quality.json a/quality/quality.csv

start_server
for m in order3 order5 order8; do
    load --models $m --prompt-chars 1600 --num-predict 512 --csv a/serve/${m}_runs.csv \
        --json a/serve/${m}_summary.json
done
load --models order3,order5,order8 --requests 12 --prompt-chars 400 --num-predict 128 \
    --jsonl a/compare/requests.jsonl --errors a/compare/errors.jsonl \
    --json a/compare/all_models.json --shape models --markdown a/compare/summary.md
load --models order3,order5,order8 --requests 12 --num-predict 32 \
    --json a/compare/short_answers.json --shape keyed

load --models order5 --concurrency 1,2,4 --requests 16 \
    --csv a/load/concurrency_order5.csv --json a/load/concurrency_order5.json --shape levels
load --models order5 --requests 80 \
    --csv a/load/long_order5.csv --json a/load/long_order5_summary.json
load --models order3,order5,order8 --requests 5 --keep-alive 0 --num-predict 64 \
    --csv a/load/cold_start.csv --encoding utf-8-sig

load --models order3,order5,order8 --num-predict 64,256 --top-k 1,10,0 --requests 1 \
    --csv a/sweep/settings_once.csv
load --models order5 --prompt-chars 100,200,400,800,1600,3200 --num-predict 64 --requests 3 \
    --csv - | sed 's/$/\r/' | iconv -f UTF-8 -t UTF-16 >a/sweep/prompt_length_utf16.csv

wrk -t1 -c2 -d5s --latency -s post.lua "http://127.0.0.1:$port/api/generate" \
    >a/tools/wrk_order5.txt
sed -n "s/^wrk.body = '\(.*\)'$/\1/p" post.lua >body.json
ab -q -l -n 200 -c 2 -p body.json -T application/json -e a/tools/ab_percentiles.csv \
    "http://127.0.0.1:$port/api/generate" >a/tools/ab_order5.txt

# The load generator is killed while it writes its log.
python3 load.py --port "$port" --models order8 --requests 200 --num-predict 128 \
    --csv count.csv --jsonl a/load/killed_run.jsonl &
client=$!
wait_lines count.csv 40 "$client"
kill -9 "$client" 2>/dev/null || true
wait "$client" 2>/dev/null || true

# The server is killed in the middle of a run.
python3 load.py --port "$port" --models order8 --requests 24 --concurrency 2 \
    --num-predict 1024 --csv a/load/outage_order8.csv --json a/load/outage_order8_summary.json &
client=$!
wait_lines a/load/outage_order8.csv 15 "$client"
stop_server
wait "$client"

python3 -m pytest -q -p bench_hooks --benchmark-max-time=0.5 --benchmark-storage=file://./store \
    --benchmark-save=functions bench_functions.py >/dev/null
cp store/*/0001_functions.json a/tools/pytest_benchmark.json
python3 bench_pyperf.py -q --copy-env -p 3 -n 5 -w 1 -o a/tools/pyperf.json
python3 strip_pyperf.py a/tools/pyperf.json
hyperfine -N --warmup 1 --runs 10 --export-json a/tools/hyperfine.json \
    --export-csv a/tools/hyperfine.csv --export-markdown a/tools/hyperfine.md \
    "python3 generate.py order3" "python3 generate.py order5" "python3 generate.py order8" \
    >/dev/null

cp a/serve/order3_runs.csv a/archive/order3_runs_old.csv

mkdir -p "$out"
cp -r a/. "$out"
