/* The version that every program of this project prints. */
#pragma once

#define TR_VERSION "0.1.0"
#define TR_URL "https://threatresponsed.example/"
