"""准入关卡 What stands in the way of a firm: facts, the verdict of them, what a negative record brings with it."""
