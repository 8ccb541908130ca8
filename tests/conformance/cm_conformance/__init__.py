"""How the conformance tests run a public repository, compare answers and write what they found."""
