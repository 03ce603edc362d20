"""Writer and critic: a finished report goes in, a short text that both stand by comes out.

`source` loads the report, `draft` is what a writer may decide, `critique` what a critic may say,
`page` turns both into verified Markdown, `stage` lets them take turns.
"""
