"""The walkthrough: ten acts on the simulator, each really carried out through the product and its outcome checked."""
