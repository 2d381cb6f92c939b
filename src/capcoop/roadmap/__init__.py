"""The road map: with which partner countries, and in which sectors, a supplier of capacity should begin, and how sure that is."""

from capcoop.roadmap.ranking import RoadMap, road_map
from capcoop.roadmap.request import Request, request_of

__all__ = ["Request", "RoadMap", "request_of", "road_map"]
