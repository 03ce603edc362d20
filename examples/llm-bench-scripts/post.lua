-- wrk script: ask for 32 characters, not streamed.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model": "order5", "prompt": "The statement ", "stream": false, "options": {"num_predict": 32}}'
