"""The words of documents: which terms they use most, against what, when and where, and how often they speak of cooperation with whom.

Files to documents: `read.read_documents`. Documents to counts: `terms.count_terms` and `terms.ranking`; `keyness`, `trend.trend`,
`context.in_context`. Documents to the desire for cooperation by country: `desire.desire`.
"""

from capcoop.words.desire import desire
from capcoop.words.read import Document, read_documents
from capcoop.words.terms import count_terms, ranking

__all__ = ["Document", "count_terms", "desire", "ranking", "read_documents"]
