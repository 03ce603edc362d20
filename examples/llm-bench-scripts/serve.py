"""Serve the models on 127.0.0.1, in the manner of Ollama's ``/api/generate``.

A streamed answer is NDJSON: one line per character, then a last line with
``done``, ``eval_count`` and durations in nanoseconds.
"""

from __future__ import annotations

import argparse
import gc
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from model import VARIANTS, NGram

MAX_TOKENS = 4096
MAX_BODY = 1_000_000
loaded: dict[str, NGram] = {}
load_lock = threading.Lock()


def get_model(name: str) -> NGram:
    """Return a model, reading it from disk if it is not in memory."""
    with load_lock:
        if name not in loaded:
            loaded[name] = NGram.load(name)
            gc.freeze()  # keep the collector from walking the big tables
        return loaded[name]


class Handler(BaseHTTPRequestHandler):
    """Answers ``GET /api/version`` and ``POST /api/generate``."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_args: object) -> None:
        """Keep the console quiet."""

    def send_json(self, status: int, payload: dict[str, object]) -> None:
        """Send one whole JSON answer."""
        body = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_line(self, payload: dict[str, object]) -> None:
        """Send one NDJSON line as one HTTP chunk."""
        line = json.dumps(payload).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

    def do_GET(self) -> None:
        """Say that the server is up."""
        self.send_json(200, {"version": "toy-ngram"})

    def do_POST(self) -> None:
        """Answer one generation request."""
        start = time.perf_counter_ns()
        body = self.rfile.read(min(int(self.headers["Content-Length"]), MAX_BODY))
        request = json.loads(body)
        name = request["model"]
        if name not in VARIANTS:
            self.send_json(404, {"error": f"model {name!r} not found"})
            return
        self.answer(start, name, request)
        if request.get("keep_alive") == 0:
            loaded.pop(name, None)

    def answer(self, start: int, name: str, request: dict) -> None:
        """Score the prompt, then generate and send the text."""
        model = get_model(name)
        loaded_at = time.perf_counter_ns()
        prompt = request["prompt"]
        prompt_bits = model.bits(prompt)
        prompt_done = time.perf_counter_ns()
        stream = request.get("stream", True)
        if stream:
            self.send_response(200)
            self.send_header("Content-Type", "application/x-ndjson")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
        options = request.get("options", {})
        n = min(int(options.get("num_predict", 128)), MAX_TOKENS)
        text = []
        for char in model.generate(prompt, n, options.get("top_k", 0), options.get("seed", 0)):
            text.append(char)
            if stream:
                self.send_line({"model": name, "response": char, "done": False})
        end = time.perf_counter_ns()
        last = {
            "model": name,
            "response": "" if stream else "".join(text),
            "done": True,
            "done_reason": "length",
            "total_duration": end - start,
            "load_duration": loaded_at - start,
            "prompt_eval_count": len(prompt),
            "prompt_eval_duration": prompt_done - loaded_at,
            "eval_count": len(text),
            "eval_duration": end - prompt_done,
            "prompt_bits_per_char": round(prompt_bits / max(1, len(prompt)), 4),
        }
        if stream:
            self.send_line(last)
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.send_json(200, last)


def main() -> None:
    """Run the server until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    args = parser.parse_args()
    ThreadingHTTPServer(("127.0.0.1", args.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
