"""The overall answer: declared questions, answered from the records and from print."""
