"""Networks that forecast: each begins as the linear map that is solved exactly, and learns what that map cannot say."""
