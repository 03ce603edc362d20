"""What people read: facts and claims go in, verified Markdown and `report.json` come out."""
