"""Windows over pictures and series for the compiled engine: convolution and pooling, directly from turned rows."""
