    bucket = Bucket(settings.FRAME_BURST, settings.FRAME_RATE)
