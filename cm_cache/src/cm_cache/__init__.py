"""The cache of the CM toolkit: what scripts produced, found again by identity or by tags.

Nothing is imported here, since the plugin is loaded by every command. Import from the modules::

    from cm_cache.key import CacheKey
    from cm_cache.store import CacheQuery, CacheStore

    store = CacheStore(session)
    query = CacheQuery(key=CacheKey(script_uid=uid, variations=("onnx",)))
    with store.building(query.key, tags=("get", "model")) as slot:
        match = store.first(query)  # somebody may have made it while we waited
        if match is None:
            entry = slot.publish(run_in(slot.path))
"""
