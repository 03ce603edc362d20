"""Before and after: two folders of results go in, what changed and a verdict come out.

`sides` lists what each folder measured, `matching` finds what belongs together, `changes` tests it,
`said` and `besides` put it into sentences, `verdict` sums it up, `document` and `sections` publish.
"""
