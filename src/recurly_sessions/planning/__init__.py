"""The pipeline, one verb a file: a school's slots become occurrences with tutors."""
