"""Code tables shipped with the package; where each comes from is in NOTICE.

Add a table as one .csv file and read it through schema.fields.CodeTable. special_operations.csv: 特种作业目录.
construction_special_operations.csv: 建筑施工特种作业工种. gb18218_2018.json: read by schema/major_hazard.py.
industry_categories.csv, certificate_types.csv: words in use, read through schema.fields.KnownWords.
"""
