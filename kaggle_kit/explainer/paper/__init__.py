"""Find the paper in a photograph; brightness comes in, and the brightness of flat paper goes out.

Read in this order:

    sheet     finds a sheet that lies on a table, and cuts it out upright and evenly lit
    shadow    takes the hard edge of a shadow out, so that it does not hide the sheet
    ruling    takes the lines of ruled and squared paper out
"""
