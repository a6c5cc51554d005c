"""Whether a sentence that a machine wrote says nothing but what its sources say."""
