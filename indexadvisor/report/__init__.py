"""Turns the results of all stages into one Document and writes it as HTML, Markdown, JSON and SQL.

Entry points: ``document.document()`` builds it, ``write.write()`` writes the files, ``terminal.summary()`` shows it on a console.
"""
