"""Code tables shipped with the package. special_operations.csv: 特种作业目录, the categories and items of special work.

Add a table as one .csv file and read it through schema.fields.CodeTable.
"""
