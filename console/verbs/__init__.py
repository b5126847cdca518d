"""One verb a file: `configure(parser)` and `run(arguments)`. A verb imports the database when it runs, not before."""
