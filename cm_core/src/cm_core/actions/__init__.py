"""The actions that every kind of artifact has, and those of the toolkit itself."""
