"""What Office files share: the package, its XML, blocks, tables, drawings, equations and symbols.
Knows nothing about what a document, a presentation or a workbook is made of."""
