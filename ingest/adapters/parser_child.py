"""Where the parser's child was until 0.2: workers that were started before an upgrade still start it by this name."""

from ingest.adapters.parser.child import main

if __name__ == "__main__":
    main()
