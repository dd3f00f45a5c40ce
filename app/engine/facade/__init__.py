"""What tools, page and command line may ask of the engine: the control port."""
