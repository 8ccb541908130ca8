"""Systems under test that come with the plugin."""
